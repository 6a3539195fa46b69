// Internal to the build, see cmake/precompiled.cmake: what most sources include, read once for all
// of them. They name what they use all the same.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "reactor/deferred.h"
#include "reactor/reactor.h"
