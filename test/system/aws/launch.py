"""Starts MiniStack with the shims that our stack needs. docs/aws.md lists them; each stands in for something that the
emulator does not have, and none changes what the stack asks for."""

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import cloudfront
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

read_distribution = cloudfront.parse_distribution_dataplane_config
fetch_from_origin = cloudfront._fetch_from_origin


def distribution_with_groups(dist):
    """A behaviour whose target is a group of origins has none here: the first of the group, which knows of the second."""
    parsed = read_distribution(dist)
    origins = parsed["origins"]
    config = cloudfront._dist_config_el(dist)
    for group in cloudfront._find(cloudfront._find(config, "OriginGroups"), "Items") or []:
        members = [cloudfront._text(it, "OriginId") for it in cloudfront._find(cloudfront._find(group, "Members"), "Items")]
        criteria = cloudfront._find(cloudfront._find(group, "FailoverCriteria"), "StatusCodes")
        codes = {int(code.text) for code in cloudfront._find(criteria, "Items")}
        first, second = (origins[member] for member in members)
        origins[cloudfront._text(group, "Id")] = {**first, "fallback": second, "fallback_codes": codes}
    return parsed


async def fetch_or_fall_back(origin, method, uri, *more):
    """The second origin of a group is asked when the first answers with one of the codes; ours is the gateway next door."""
    answer = await fetch_from_origin(origin, method, uri, *more)
    if answer[0] not in origin.get("fallback_codes", ()):
        return answer
    second = origin["fallback"]
    host = f'{second["domain_name"].split(".")[0]}.execute-api.{app._MINISTACK_HOST}'
    path = second["origin_path"] + uri
    status, headers, body = await app._handle_execute_api_request(host, path, method, {"host": host}, b"", {})
    return status, "", {name.lower(): value for name, value in headers.items()}, body


cloudfront.parse_distribution_dataplane_config = distribution_with_groups
cloudfront._fetch_from_origin = fetch_or_fall_back

if __name__ == "__main__":
    app.main()
