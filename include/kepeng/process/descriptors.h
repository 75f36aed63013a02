// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How many files and connections this process may have open at once (reliability P-35). Function; call it once, early.
#pragma once

#include <cstddef>

namespace kepeng::process {

// After raising the limit as far as the system lets us, but not beyond `wanted`. A limit that is higher stays.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace kepeng::process
