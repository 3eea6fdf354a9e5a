"""The parts that claims are worked with, put together for every function that takes part in them."""

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.claims import DynamoClaims
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.adapters.files.promotions import load_promotions
from telekarta.adapters.partners.claims import Lajt, Plus, TokenSecret
from telekarta.domain.ledger.postings import Source
from telekarta.usecases.topups.claims import ClaimDeps, MoneySource

# The environment variables without which there are no claims; each source has two of its own.
NEEDED = (*OF_CARDS, "CLAIMS_TABLE", "DESK_TABLE")


def claim_deps(environment: Environment, store: DynamoStore) -> ClaimDeps:
    """With the sources that this function is told of. Nothing is connected before it is asked, and no secret
    is read."""
    region = environment.region
    sources: dict[Source, MoneySource] = {}
    if environment.lajt_secret:
        token = TokenSecret(environment.lajt_secret, region).token
        sources[Source.LAJT] = Lajt(token, environment.lajt_api_url)
    if environment.plus_secret:
        token = TokenSecret(environment.plus_secret, region).token
        sources[Source.PLUS_VOUCHER] = Plus(token, environment.plus_api_url)
    return ClaimDeps(
        claims=DynamoClaims(store.tables),
        store=store,
        sources=sources,
        clock=clock(environment),
        promotions=load_promotions(),
    )
