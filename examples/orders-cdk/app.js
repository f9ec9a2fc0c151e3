// A REST API behind Gatehouse's authorizer, by the AWS CDK: `npx cdk deploy --app "node app.js"`.
import { App, CfnOutput, Duration, Fn, Stack } from "aws-cdk-lib";
import { IdentitySource, LambdaIntegration, RequestAuthorizer, ResponseType, RestApi } from "aws-cdk-lib/aws-apigateway";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";

const stack = new Stack(new App(), "orders-cdk");

const gatehouse = Function.fromFunctionAttributes(stack, "Gatehouse", {
  functionArn: Fn.importValue("gatehouse-AuthorizerArn"),
  skipPermissions: true, // Gatehouse's stack lets the APIs of its account call the authorizer
});
const authorizer = new RequestAuthorizer(stack, "Authorizer", {
  authorizerName: "gatehouse",
  handler: gatehouse,
  identitySources: [
    IdentitySource.header("Authorization"),
    IdentitySource.context("httpMethod"),
    IdentitySource.context("resourcePath"),
  ],
  resultsCacheTtl: Duration.seconds(3),
});

const answer = new Function(stack, "Answer", {
  runtime: Runtime.PYTHON_3_13,
  handler: "index.handler",
  code: Code.fromInline(`
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"caller": event["requestContext"]["authorizer"]["username"]})}
`),
});

const api = new RestApi(stack, "Orders", {
  defaultMethodOptions: { authorizer },
  deployOptions: { stageName: "production" },
});
const orders = api.root.addResource("orders");
orders.addMethod("GET", new LambdaIntegration(answer));
orders.addMethod("POST", new LambdaIntegration(answer));

// The gate's reason and challenge for a refusal; examples/gateway-responses.yaml has the answers for all situations.
api.addGatewayResponse("Denied", {
  type: ResponseType.ACCESS_DENIED,
  statusCode: "403",
  responseHeaders: { "WWW-Authenticate": "context.authorizer.www_authenticate" },
  templates: {
    "application/json":
      '{"code":"$context.authorizer.code","message":"$context.authorizer.message","description":"$context.authorizer.description"}',
  },
});

new CfnOutput(stack, "ApiId", { value: api.restApiId });
stack.node.root.synth();
