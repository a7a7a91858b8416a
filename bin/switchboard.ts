/** The CDK app: reads the settings and checks the stack with cdk-nag. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSettings, SettingError } from '../lib/read-settings';
import { SwitchboardStack } from '../lib/switchboard-stack';

try {
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app)); // a finding without a written reason fails the synthesis
  new SwitchboardStack(app, 'Switchboard', { settings: readSettings(app.node.getAllContext()) });
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
