// What nearly every test includes, read once for all of them. Tests name what they use all the
// same.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactor/deferred.h"
#include "reactor/reactor.h"
#include "tests/support/catch.h"
