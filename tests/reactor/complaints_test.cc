// What others can cause as often as they like is said once a second.
#include "reactor/complaints.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

TEST_CASE("A complaint is made at once, and again after a second", "[complaints]") {
  Complaints complaints;
  Time const begin{};
  CHECK(complaints.may_complain(begin));
  CHECK_FALSE(complaints.may_complain(begin + 999ms));
  CHECK(complaints.may_complain(begin + 1s));
  CHECK_FALSE(complaints.may_complain(begin + 1999ms));
}

}  // namespace
