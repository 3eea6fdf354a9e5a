"""Build the real template and deploy it to the emulator; do neither when nothing has changed.

What was deployed is remembered in the emulator itself (an SSM parameter), so the memory is always as old as
the stack: if the emulator lost its state, it lost the memory too and is deployed to again.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.aws import REGION, client, emulator_credentials
from local.partners.sandbox_state import TOKENS
from local.payments import merchant
from local.processes import PYTHON_RUNTIME, ROOT, LocalStackError, run_tool
from local.stack import STACK_NAME, Stack

DEPLOYED_PARAMETER = "/telekarta/local/deployed"
MAIL_DOMAIN = "telekarta.test"
SMS_SENDER = "Telekarta"
ARTIFACTS_BUCKET = "telekarta-local-artifacts"
BUILDS = ROOT / ".local/builds"
SAM = ROOT / ".local/venvs/sam/bin/sam"
PYTHON_WITH_PIP = ROOT / ".local/venvs/uv/bin"
SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "stacks", "statemachines")
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
UPDATABLE = (*DONE, "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")


def sources_digest(root: Path = ROOT) -> str:
    """Hex digest of everything that a build is made from, the machine's Python included."""
    digest = hashlib.sha256(PYTHON_RUNTIME.encode())
    for path in sorted(_source_files(root)):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _source_files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        top = root / source
        found = [top] if top.is_file() else top.rglob("*")
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)


def deploy(endpoint_url: str, base_url: str, twilio_file: Path) -> Stack:
    """The stack as the sources say it, at the emulator; ``base_url`` is where the world will reach it."""
    digest = sources_digest()
    wanted = f"{digest} {base_url}"
    if _deployed(endpoint_url) != wanted:
        with _one_at_a_time():
            built = _build(digest)
            print("Deploying the stack ...", flush=True)
            _sam_deploy(endpoint_url, base_url, built)
    twilio = _twilio_account(twilio_file)
    outputs = _outputs(endpoint_url)
    secrets_of = {
        # Our front door stands before the gateway, and its port may be another at each start.
        "Twilio": {**twilio, "public_base_url": base_url},
        "Payu": merchant.PAYU,
        "Przelewy24": merchant.PRZELEWY24,
        "Lajt": {"token": TOKENS["lajt"]},
        "Plus": {"token": TOKENS["plus"]},
    }
    for name, secret in secrets_of.items():
        client("secretsmanager", endpoint_url).put_secret_value(
            SecretId=outputs[f"{name}Secret"], SecretString=json.dumps(dict(secret))
        )
    client("sesv2", endpoint_url).create_email_identity(EmailIdentity=MAIL_DOMAIN)
    client("ssm", endpoint_url).put_parameter(
        Name=DEPLOYED_PARAMETER, Value=wanted, Type="String", Overwrite=True
    )
    return Stack(
        base_url=base_url,
        aws_endpoint_url=endpoint_url,
        api_id=outputs["ApiId"],
        functions=_short_names(outputs, "Function"),
        tables=_short_names(outputs, "Table"),
        state_machines=_short_names(outputs, "Machine"),
        twilio_account_sid=twilio["account_sid"],
        twilio_auth_token=twilio["auth_token"],
    )


def build() -> None:
    """Build the present sources, so that a deployment finds them built."""
    with _one_at_a_time():
        _build(sources_digest())


def _deployed(endpoint_url: str) -> str | None:
    """What the emulator says was deployed to it, if the stack is there and whole."""
    ssm = client("ssm", endpoint_url)
    with contextlib.suppress(ssm.exceptions.ParameterNotFound):
        deployed: str = ssm.get_parameter(Name=DEPLOYED_PARAMETER)["Parameter"]["Value"]
        stacks = client("cloudformation", endpoint_url).list_stacks(StackStatusFilter=list(DONE))
        if any(stack["StackName"] == STACK_NAME for stack in stacks["StackSummaries"]):
            return deployed
    return None


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Tests may deploy while ``make up`` does: they share the builds, so one waits for the other."""
    BUILDS.mkdir(parents=True, exist_ok=True)
    with (BUILDS / "in-use").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(digest: str) -> Path:
    """The built template of these sources; older builds are removed."""
    built = BUILDS / digest
    for other in BUILDS.iterdir():
        if other.is_dir() and other.name not in (digest, "cache"):
            shutil.rmtree(other)
    if not (built / "complete").exists():
        print("Building ...", flush=True)
        _sam(
            "build",
            {
                "template-file": ROOT / "template.yaml",
                "build-dir": built,
                "cache-dir": BUILDS / "cache",
                "parameter-overrides": f"PythonRuntime={PYTHON_RUNTIME}",
            },
            {"LAYER_FOR": "this-machine"},
        )
        (built / "complete").touch()
    return built / "template.yaml"


def _remove_unfinished(endpoint_url: str) -> None:
    """A stack whose first deployment failed or was interrupted can only be deleted."""
    cloudformation = client("cloudformation", endpoint_url)
    for stack in cloudformation.list_stacks()["StackSummaries"]:
        if stack["StackName"] == STACK_NAME and stack["StackStatus"] not in UPDATABLE:
            cloudformation.delete_stack(StackName=STACK_NAME)
            waiter = cloudformation.get_waiter("stack_delete_complete")
            waiter.wait(StackName=STACK_NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def _sam_deploy(endpoint_url: str, base_url: str, built: Path) -> None:
    _remove_unfinished(endpoint_url)
    s3 = client("s3", endpoint_url)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    _sam(
        "deploy",
        {
            "template-file": built,
            "stack-name": STACK_NAME,
            "s3-bucket": ARTIFACTS_BUCKET,
            "parameter-overrides": f"Stage=local PublicBaseUrl={base_url} PythonRuntime={PYTHON_RUNTIME}"
            f" MailIdentity={MAIL_DOMAIN} MailSender=doladowania@{MAIL_DOMAIN} SmsSender={SMS_SENDER}",
        },
        {"AWS_ENDPOINT_URL": endpoint_url},
    )


def _sam(command: str, options: dict[str, str | Path], env: dict[str, str]) -> None:
    config = {"config-file": ROOT / "samconfig.toml", "config-env": "local"}
    given = [f"--{name}={value}" for name, value in (config | options).items()]
    # SAM makes folders where it runs and where temporary files go, and leaves them behind.
    with tempfile.TemporaryDirectory(dir=BUILDS.parent, prefix="sam-") as temporary:
        run_tool([SAM, command, *given], _sam_environment() | {"TMPDIR": temporary} | env, Path(temporary))


def _sam_environment() -> dict[str, str]:
    user_side = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "PYTHON"))}
    return {
        **user_side,
        **emulator_credentials(),
        # the builders look for a python that has pip, by the names of python3 and of the runtime
        "PATH": f"{PYTHON_WITH_PIP}{os.pathsep}{os.environ['PATH']}",
        "NO_PROXY": "127.0.0.1",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.3",
        "__SAM_CLI_APP_DIR": str(ROOT / ".local/sam"),
        "XDG_CACHE_HOME": str(ROOT / ".local/cache"),
    }


def _outputs(endpoint_url: str) -> dict[str, str]:
    stacks = client("cloudformation", endpoint_url).describe_stacks(StackName=STACK_NAME)["Stacks"]
    if not stacks or stacks[0]["StackStatus"] not in DONE:
        raise LocalStackError(f"The stack {STACK_NAME} is not deployed: {stacks}")
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def _short_names(outputs: dict[str, str], suffix: str) -> dict[str, str]:
    """``{"CardsTable": "x"}`` -> ``{"cards": "x"}``."""
    return {key.removesuffix(suffix).lower(): name for key, name in outputs.items() if key.endswith(suffix)}


def _twilio_account(path: Path) -> dict[str, str]:
    """The simulated account at Twilio: made up at random once, then kept."""
    if not path.exists():
        account = {"account_sid": "AC" + secrets.token_hex(16), "auth_token": secrets.token_hex(16)}
        path.write_text(json.dumps(account))
        path.chmod(0o600)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


if __name__ == "__main__":
    try:
        build()
    except LocalStackError as error:
        raise SystemExit(str(error)) from None
