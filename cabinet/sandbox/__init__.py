"""The sandbox processor: our own server for the part of Stripe's API that Cabinet uses. It moves no money."""
