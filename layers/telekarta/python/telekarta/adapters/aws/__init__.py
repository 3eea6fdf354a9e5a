"""AWS beside DynamoDB: S3, SES, Lambda, Step Functions, Secrets Manager, SSM, CloudWatch."""
