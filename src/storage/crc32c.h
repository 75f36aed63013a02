// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// CRC-32C (Castagnoli), reflected, as LevelDB's logs carry it. Pure function.
#pragma once

#include <cstdint>

#include <kepeng/base/bytes.h>

namespace kepeng::storage {

std::uint32_t crc32c(ByteView bytes);

}  // namespace kepeng::storage
