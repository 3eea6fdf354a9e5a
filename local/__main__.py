"""``python -m local``: the whole product on this machine, until Ctrl-C."""

import signal

if __name__ == "__main__":
    # As long as nothing has begun, Ctrl-C may end the process without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from local.up import main

    main()
