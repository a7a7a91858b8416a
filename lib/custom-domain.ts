/** A custom domain in front of a stage. You create its DNS record by hand, from the stack's output. */
import { CfnApiMapping, type CfnStage, DomainName, EndpointType, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';

export interface CustomDomainProps {
  domain: string;
  certificateArn: string;
  apiId: string;
  stage: CfnStage;
}

export class CustomDomain extends Construct {
  /** Target for the domain's CNAME record. */
  readonly target: string;

  constructor(scope: Construct, id: string, { domain, certificateArn, apiId, stage }: CustomDomainProps) {
    super(scope, id);
    const domainName = new DomainName(this, 'Name', {
      domainName: domain,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnApiMapping(this, 'Mapping', { apiId, domainName: domainName.name, stage: stage.ref });
    this.target = domainName.regionalDomainName;
  }
}
