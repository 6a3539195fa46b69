// The program that shares no library must not load one either: with it would come a second C
// library, which works only if it is of the very version that is linked here. Two do load some.
//
// Names: the modules that /etc/nsswitch.conf lists. "files" and "dns" are built in (glibc 2.34 and
// later), so names come from these alone, whatever that file says: no mDNS, no LDAP. A resolver
// that listens, as systemd's does, is asked as /etc/resolv.conf says.
//
// OpenSSL: providers that openssl.cnf lists. There are none; what TLS needs is built in.
#include <dlfcn.h>
#include <grp.h>
#include <netdb.h>
#include <nss.h>
#include <pwd.h>

#include <cstddef>
#include <initializer_list>

namespace {

bool configure() {
  __nss_configure_lookup("hosts", "files dns");
  for (auto const* database : {"passwd", "group", "initgroups", "services", "protocols"})
    __nss_configure_lookup(database, "files");
  return true;
}

// Not at the start of the program: it costs as much as half of one.
void take_what_is_built_in() { [[maybe_unused]] static bool const once = configure(); }

}  // namespace

// The linker's option --wrap puts these before libc's, and its names are not ours to choose.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

decltype(getaddrinfo) __real_getaddrinfo, __wrap_getaddrinfo;
decltype(getservbyname) __real_getservbyname, __wrap_getservbyname;
decltype(getpwuid_r) __real_getpwuid_r, __wrap_getpwuid_r;
decltype(getgrouplist) __real_getgrouplist, __wrap_getgrouplist;

int __wrap_getaddrinfo(char const* name, char const* service, addrinfo const* hints,
                       addrinfo** found) {
  take_what_is_built_in();
  return __real_getaddrinfo(name, service, hints, found);
}

servent* __wrap_getservbyname(char const* name, char const* protocol) {
  take_what_is_built_in();
  return __real_getservbyname(name, protocol);
}

int __wrap_getpwuid_r(uid_t user, passwd* entry, char* room, std::size_t size, passwd** found) {
  take_what_is_built_in();
  return __real_getpwuid_r(user, entry, room, size, found);
}

int __wrap_getgrouplist(char const* user, gid_t group, gid_t* groups, int* count) {
  take_what_is_built_in();
  return __real_getgrouplist(user, group, groups, count);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

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
