"""Beam's own pool of Python workers, which takes them along when it is told to stop: python -m orderflow_beam.pool --service_port=PORT"""
import signal
import sys

from apache_beam.runners.worker import worker_pool_main

if __name__ == '__main__':
    # By itself it would leave them behind: it stops them at its exit, which SIGTERM is not.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    worker_pool_main.main(sys.argv)
