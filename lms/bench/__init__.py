"""Measures Attest from outside: real servers, real sign-ins, a company of 2,000 people."""
