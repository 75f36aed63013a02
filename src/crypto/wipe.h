// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Overwrites secrets in a way that the compiler may not leave out.
#pragma once

#include <openssl/crypto.h>

#include <type_traits>

namespace kepeng::crypto {

template <class T>
inline void wipe(T& secret) {
  static_assert(std::is_trivially_copyable_v<T>);
  OPENSSL_cleanse(&secret, sizeof secret);
}

}  // namespace kepeng::crypto
