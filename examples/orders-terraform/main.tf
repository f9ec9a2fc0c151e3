# A REST API behind Gatehouse's authorizer, by Terraform.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "gatehouse_stack_name" {
  description = "The CloudFormation stack of Gatehouse, in this account and region."
  type        = string
  default     = "gatehouse"
}

variable "backend_function_name" {
  description = "The Lambda function that answers."
  type        = string
}

data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_cloudformation_stack" "gatehouse" {
  name = var.gatehouse_stack_name
}

data "aws_lambda_function" "backend" {
  function_name = var.backend_function_name
}

locals {
  authorizer_arn = data.aws_cloudformation_stack.gatehouse.outputs["AuthorizerArn"]
  invoke         = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.region}:lambda:path/2015-03-31/functions"
}

resource "aws_api_gateway_rest_api" "orders" {
  name = "orders"
}

# A cached answer belongs to one token on one route.
resource "aws_api_gateway_authorizer" "gatehouse" {
  name                             = "gatehouse"
  rest_api_id                      = aws_api_gateway_rest_api.orders.id
  type                             = "REQUEST"
  authorizer_uri                   = "${local.invoke}/${local.authorizer_arn}/invocations"
  identity_source                  = "method.request.header.Authorization,context.httpMethod,context.resourcePath"
  authorizer_result_ttl_in_seconds = 3
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  parent_id   = aws_api_gateway_rest_api.orders.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_method" "orders" {
  for_each      = toset(["GET", "POST"])
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  resource_id   = aws_api_gateway_resource.orders.id
  http_method   = each.key
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.gatehouse.id
}

resource "aws_api_gateway_integration" "orders" {
  for_each                = aws_api_gateway_method.orders
  rest_api_id             = aws_api_gateway_rest_api.orders.id
  resource_id             = aws_api_gateway_resource.orders.id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "${local.invoke}/${data.aws_lambda_function.backend.arn}/invocations"
}

resource "aws_lambda_permission" "orders" {
  action        = "lambda:InvokeFunction"
  function_name = var.backend_function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.orders.execution_arn}/*/*/orders"
}

# The gate's reason and challenge for a refusal; examples/gateway-responses.yaml has the answers for all situations.
resource "aws_api_gateway_gateway_response" "denied" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  response_type = "ACCESS_DENIED"
  status_code   = "403"
  response_parameters = {
    "gatewayresponse.header.WWW-Authenticate" = "context.authorizer.www_authenticate"
  }
  response_templates = {
    "application/json" = "{\"code\":\"$context.authorizer.code\",\"message\":\"$context.authorizer.message\",\"description\":\"$context.authorizer.description\"}"
  }
}

resource "aws_api_gateway_deployment" "orders" {
  rest_api_id = aws_api_gateway_rest_api.orders.id
  triggers    = { configuration = filesha1("${path.module}/main.tf") }
  depends_on  = [aws_api_gateway_integration.orders, aws_api_gateway_gateway_response.denied]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "production" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  deployment_id = aws_api_gateway_deployment.orders.id
  stage_name    = "production"
}

output "stage" {
  description = "What to publish: gatehouse apis publish ORGANISATION DOCUMENT --stage STAGE"
  value       = "${aws_api_gateway_rest_api.orders.id}/${aws_api_gateway_stage.production.stage_name}"
}
