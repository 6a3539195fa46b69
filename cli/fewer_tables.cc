// libcrypto, when it is first used, lists all ciphers by their old names and the texts of its own
// errors. Nothing here asks for either: TLS gets its ciphers from a provider, and the errors that
// are told are libssl's, which keep their texts. The linker's option --wrap puts these in the place
// of what makes the lists, so that their tables are not in the program: its start would write 16
// pages of addresses more, a twentieth of its time.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __wrap_openssl_add_all_ciphers_int();
int __wrap_ossl_err_load_crypto_strings();
void __wrap_openssl_add_all_ciphers_int() {}
int __wrap_ossl_err_load_crypto_strings() { return 1; }
}
// NOLINTEND(bugprone-reserved-identifier)
