// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// KP_ASSERT(condition): stops the process when kepeng itself has erred. Always on, in release builds too.
//
// Never for bytes from peers, users or disks: those get a Result. Thread-safe.
#pragma once

namespace kepeng {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace kepeng

#define KP_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::kepeng::assertion_failed(#condition, __FILE__, __LINE__))
