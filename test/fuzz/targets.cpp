// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "fuzz.h"

namespace kepeng::fuzz {

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

}  // namespace kepeng::fuzz
