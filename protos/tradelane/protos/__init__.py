"""Messages for integrators, generated from the .proto files beside this."""
