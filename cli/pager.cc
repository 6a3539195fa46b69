#include "cli/pager.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cli/output.h"

namespace twx {

// A file without a name, since a pipe may be too small for the page.
void become_man(std::string_view page) {
  int const file = ::memfd_create("page", MFD_CLOEXEC);
  if (file < 0) return;
  bool const ready = !write_all(file, page) && ::lseek(file, 0, SEEK_SET) == 0 &&
                     ::dup2(file, STDIN_FILENO) == STDIN_FILENO;
  if (ready) ::execlp("man", "man", "-l", "-", static_cast<char*>(nullptr));
  ::close(file);
}

}  // namespace twx
