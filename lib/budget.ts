/** A monthly budget for the account, with notifications by email. An account's first two budgets are free. */
import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';

export interface BudgetProps {
  /** Dollars per month. */
  dollars: number;
  email: string;
}

export class Budget extends Construct {
  constructor(scope: Construct, id: string, { dollars, email }: BudgetProps) {
    super(scope, id);
    // Percent of the budget for the whole account. Costs by tag are zero until somebody activates the tag in Billing, so a budget by tag
    // would stay silent.
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `${Stack.of(this).stackName} account`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: dollars, unit: 'USD' },
      },
      notificationsWithSubscribers: [notify('ACTUAL', 80), notify('FORECASTED', 100)],
    });
  }
}
