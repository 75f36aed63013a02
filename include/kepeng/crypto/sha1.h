// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-1, for OP_SHA1 and the WebSocket handshake only: it is broken as a commitment. Pure function, no failure.
#pragma once

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

Hash20 sha1(ByteView bytes);

}  // namespace kepeng::crypto
