// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// When a file was last written, as the operating system says. Advice and no more: people and tools set it as they like,
// and the files of a simulated disk have none. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kepeng {

// In whole seconds, never negative; nothing where it is not known.
std::optional<std::int64_t> seconds_since_written(const std::string& path);

}  // namespace kepeng
