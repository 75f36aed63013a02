// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/assert.h>

#include <cstdio>
#include <cstdlib>

namespace kepeng {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "kepeng stopped itself: %s does not hold (%s:%d). Please report this line.\n", condition, file,
               line);
  std::abort();
}

}  // namespace kepeng
