// What nearly every test includes, read once for all of them. Tests name what they use all the same.
#pragma once

#include "reactor/precompiled.h"
#include "tests/support/catch.h"
