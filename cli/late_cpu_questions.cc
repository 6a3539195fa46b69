// libcrypto asks the processor what it can do: when the program starts, and again whenever OpenSSL
// is initialised, which all use of it begins with. On a virtual machine each question is one for
// the host, together a thirtieth of a start, so the first time is left out: the linker's option
// --wrap has this called in its place.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __real_OPENSSL_cpuid_setup();
void __wrap_OPENSSL_cpuid_setup();
}

namespace {
bool started = false;  // after libcrypto's part of the start, which comes before all constructors
[[gnu::constructor]] void note_start() { started = true; }
}  // namespace

void __wrap_OPENSSL_cpuid_setup() {
  if (started) __real_OPENSSL_cpuid_setup();
}
// NOLINTEND(bugprone-reserved-identifier)
