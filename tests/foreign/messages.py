"""The project's messages as protoc makes them for Python."""

import importlib
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc


def messages(proto_folder):
    """The module that protoc makes from orders.proto. Ends the program where protoc refuses the file."""
    out = tempfile.mkdtemp(prefix="orderflow-proto-")
    own = grpc_tools.__path__[0] + "/_proto"
    status = protoc.main(["protoc", f"-I{proto_folder}", f"-I{own}", f"--python_out={out}", "orders.proto"])
    if status != 0:
        sys.exit("protoc refused orders.proto")
    sys.path.insert(0, out)
    return importlib.import_module("orders_pb2")
