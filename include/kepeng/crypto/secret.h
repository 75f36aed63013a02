// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Overwriting secrets in a way that the compiler may not leave out. For buffers that held more than a PrivateKey, which
// wipes itself. Thread-safe, no failure.
#pragma once

#include <kepeng/base/bytes.h>

namespace kepeng::crypto {

void wipe_secret(ByteSpan secret);

}  // namespace kepeng::crypto
