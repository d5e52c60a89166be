"""Keys of providers' programs: made and revoked by staff, looked up by hash on every request."""

from cabinet.keys.answers import claim_answer, delete_answers_before, keep_answer
from cabinet.keys.lookup import KEY_PREFIX, KeyCard, find_key
from cabinet.keys.making import LONGEST_LIFE, MOST_KEYS, NewKey, keys_of, make_key, revoke_key

__all__ = [
    "KEY_PREFIX",
    "LONGEST_LIFE",
    "MOST_KEYS",
    "KeyCard",
    "NewKey",
    "claim_answer",
    "delete_answers_before",
    "find_key",
    "keep_answer",
    "keys_of",
    "make_key",
    "revoke_key",
]
