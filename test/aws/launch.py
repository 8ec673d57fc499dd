"""Starts MiniStack with the shims that our stack needs. docs/aws.md lists them; each stands in for something that the
emulator does not have, and none changes what the stack asks for."""

from ministack.core import iam_evaluator
from ministack.services import s3
from ministack.services.cloudformation import provisioners

record_of_alarm = provisioners._cw_metric_alarm_record


def alarm_without_math(name, props):
    """Alarms over metric math are refused as a whole. They never go off here anyway: a plain metric takes their place."""
    if "Metrics" in props:
        props = {key: value for key, value in props.items() if key != "Metrics"}
        props |= {"Namespace": "Darkroom", "MetricName": "Math", "Statistic": "Sum", "Period": 300}
    return record_of_alarm(name, props)


provisioners._cw_metric_alarm_record = alarm_without_math

cloudfront_may_read = s3._cloudfront_origin_allows


def read_over_tls(*args):
    """CloudFront always speaks TLS to a bucket, and our buckets insist on it; the emulator takes the viewer's http for it."""
    source, _ = iam_evaluator._request_origin.get()
    token = iam_evaluator._request_origin.set((source, True))
    try:
        return cloudfront_may_read(*args)
    finally:
        iam_evaluator._request_origin.reset(token)


s3._cloudfront_origin_allows = read_over_tls

if __name__ == "__main__":
    from ministack.app import main

    main()
