"""How local programs talk to the emulator: always these credentials, so never to an account of anybody's."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

REGION = "eu-central-1"
ACCESS_KEY_ID = "test"  # the emulator's root user
CLOCK_OFFSET_PARAMETER = "/telekarta/local/clock-offset-s"


def emulator_credentials() -> dict[str, str]:
    """Environment variables that keep any AWS tool away from the user's own configuration."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@cache
def client(service: str, endpoint_url: str) -> Any:
    """The boto3 client of the emulator at ``endpoint_url``; it may be used by many threads."""
    session = boto3.session.Session(ACCESS_KEY_ID, "test", region_name=REGION)
    # One attempt: nothing between us and the emulator loses a request, and a test wants to see each error.
    config = Config(retries={"total_max_attempts": 1}, proxies={}, max_pool_connections=50)
    return session.client(service, endpoint_url=endpoint_url, config=config)
