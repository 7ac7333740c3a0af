"""The Encoding Standard (encoding.spec.whatwg.org): labels, decoding and encoding as browsers do them."""
