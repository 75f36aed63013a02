// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/base64.h>
#include <kepeng/base/hex.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

Seeds text_codec_seeds() {
  return {bytes_of("AAECAwQ="), bytes_of("cHNidP8="), bytes_of("00ff7F"), bytes_of("/+=="), {}};
}

// Bytes as hex and as base64, and back; what is read is what is written, but for the case of hex digits.
FUZZ_TARGET(text_codecs, text_codec_seeds) {
  const std::string_view text = as_text(input);
  KP_ASSERT(from_base64(to_base64(input)) == copy_of(input));
  KP_ASSERT(from_hex(to_hex(input)) == copy_of(input));
  const auto base64 = bounded_by(input.size(), 2, [&] { return from_base64(text); });
  if (base64) KP_ASSERT(to_base64(*base64) == text);
  const auto hex = bounded_by(input.size(), 2, [&] { return from_hex(text); });
  if (hex) KP_ASSERT(hex->size() * 2 == text.size() && from_hex(to_hex(*hex)) == hex);
}

}  // namespace
}  // namespace kepeng::fuzz
