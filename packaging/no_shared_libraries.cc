// The program that shares no library must not load one either: with it would come a second C
// library, which works only if it is of the very version that is linked here. Two do load some.
//
// Names: the modules that /etc/nsswitch.conf lists. "files" and "dns" are built in (glibc 2.34 and
// later), so names come from these alone, whatever that file says: no mDNS, no LDAP. A resolver
// that listens, as systemd's does, is asked as /etc/resolv.conf says.
//
// OpenSSL: providers that openssl.cnf lists. There are none; what TLS needs is built in.
#include <dlfcn.h>
#include <nss.h>

namespace {

// Before main, since any thread may look up a name.
[[gnu::constructor]] void take_names_from_what_is_built_in() {
  __nss_configure_lookup("hosts", "files dns");
  for (auto const* database : {"passwd", "group", "initgroups", "services", "protocols"})
    __nss_configure_lookup(database, "files");
}

}  // namespace

// In the place of libc's.
extern "C" {

void* dlopen(char const*, int) noexcept { return nullptr; }
void* dlsym(void*, char const*) noexcept { return nullptr; }
int dlclose(void*) noexcept { return -1; }
int dladdr(void const*, Dl_info*) noexcept { return 0; }
char* dlerror() noexcept {
  static char text[] = "this program loads no libraries";
  return text;
}

}  // extern "C"
