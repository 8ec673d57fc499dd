"""Starts MiniStack with the shims that our stack needs. docs/aws.md lists them; each stands in for something that the
emulator does not have, and none changes what the stack asks for."""

from ministack import app
from ministack.core import iam_evaluator
from ministack.services.cloudformation import provisioners

record_of_alarm = provisioners._cw_metric_alarm_record


def alarm_without_math(name, props):
    """Alarms over metric math are refused as a whole. They never go off here anyway: a plain metric takes their place."""
    if "Metrics" in props:
        props = {key: value for key, value in props.items() if key != "Metrics"}
        props |= {"Namespace": "Darkroom", "MetricName": "Math", "Statistic": "Sum", "Period": 300}
    return record_of_alarm(name, props)


provisioners._cw_metric_alarm_record = alarm_without_math

def pin_request_origin(source_ip, _secure):
    """Policies that insist on TLS refuse everything on a loopback that has none: each request counts as one over TLS."""
    iam_evaluator._request_origin.set((source_ip, True))


app.pin_request_origin = pin_request_origin

secrets = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create_secret, delete_secret = secrets["create"], secrets["delete"]


def create_secret_with_arn(*args):
    """A template's `Ref` of a secret is its ARN, and here it would be its name, which no policy speaks of."""
    _name, attributes = create_secret(*args)
    return attributes["Arn"], attributes


def delete_secret_by_arn(arn, props):
    """What is known by its ARN has to be found by it."""
    return delete_secret(arn.split(":")[-1].rpartition("-")[0], props)


secrets |= {"create": create_secret_with_arn, "delete": delete_secret_by_arn}

if __name__ == "__main__":
    app.main()
