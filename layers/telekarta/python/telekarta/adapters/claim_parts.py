"""The parts that claims are worked with, put together for every function that takes part in them."""

from telekarta.adapters.clock import clock
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.attempts import DynamoAttempts
from telekarta.adapters.dynamodb.claims import DynamoClaims
from telekarta.adapters.environment import Environment
from telekarta.adapters.money_sources import Lajt, Plus, TokenSecret
from telekarta.adapters.promotion_files import load_promotions
from telekarta.adapters.secrets import SecretPepper
from telekarta.domain.ledger import Source
from telekarta.usecases.claims import ClaimDeps, CreditStore
from telekarta.usecases.sms import SmsDeps

# The environment variables without which there are no claims.
NEEDED = ("CLAIMS_TABLE", "DESK_TABLE", "LAJT_API_URL", "LAJT_SECRET", "PLUS_API_URL", "PLUS_SECRET")


def claim_deps(environment: Environment, store: CreditStore | None = None) -> ClaimDeps:
    """Nothing is connected before it is asked, and no secret is read."""
    region = environment.region
    return ClaimDeps(
        claims=DynamoClaims(environment.claims_table, region=region or None),
        store=store or DynamoStore.from_environment(environment),
        sources={
            Source.LAJT: Lajt(TokenSecret(environment.lajt_secret, region).token, environment.lajt_api_url),
            Source.PLUS_VOUCHER: Plus(
                TokenSecret(environment.plus_secret, region).token, environment.plus_api_url
            ),
        },
        clock=clock(environment),
        promotions=load_promotions(),
    )


def sms_deps(environment: Environment) -> SmsDeps:
    return SmsDeps(
        claims=claim_deps(environment),
        attempts=DynamoAttempts(environment.payments_table, region=environment.region or None),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
    )
