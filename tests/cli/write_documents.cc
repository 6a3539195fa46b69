// write_documents ROOT: writes manual, reference and completions into the tree that ROOT is.
#include <cstdio>
#include <fstream>

#include "tests/cli/documents.h"

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: write_documents ROOT\n", stderr), 2;
  for (auto const& [path, text] : twx::test::documents()) {
    auto const file = std::string(argv[1]) + "/" + path;
    if (std::ofstream(file) << text << std::flush) continue;
    std::perror(file.c_str());
    return 1;
  }
}
