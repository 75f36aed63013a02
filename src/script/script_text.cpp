// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/script_text.h>

#include <kepeng/base/hex.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_number.h>
#include <kepeng/script/script_reader.h>
#include <kepeng/script/sighash.h>
#include <kepeng/script/signature_encoding.h>

namespace kepeng::script {
namespace {

std::string_view sighash_name(std::uint8_t hash_type) {
  switch (hash_type) {
    case kSighashAll:
      return "[ALL]";
    case kSighashNone:
      return "[NONE]";
    case kSighashSingle:
      return "[SINGLE]";
    case kSighashAll | kSighashAnyoneCanPay:
      return "[ALL|ANYONECANPAY]";
    case kSighashNone | kSighashAnyoneCanPay:
      return "[NONE|ANYONECANPAY]";
    case kSighashSingle | kSighashAnyoneCanPay:
      return "[SINGLE|ANYONECANPAY]";
    default:
      return "";
  }
}

std::string push_text(ByteView data, SighashSuffix suffix) {
  constexpr std::size_t kShownAsNumber = 4;
  if (data.size() <= kShownAsNumber) return std::to_string(*decode_number(data, {}));
  const bool decode = suffix == SighashSuffix::Decode && check_signature_encoding(data, {Flag::StrictEnc}).ok();
  if (!decode) return to_hex(data);
  return to_hex(data.first(data.size() - 1)).append(sighash_name(data.back()));
}

}  // namespace

std::string to_asm(ByteView script, SighashSuffix suffix) {
  if (is_unspendable(script)) suffix = SighashSuffix::Keep;
  std::string text;
  ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (!text.empty()) text += ' ';
    text += is_data_push(step->op) ? push_text(step->data, suffix) : std::string{info_of(step->op).name};
  }
  if (reader.truncated()) text += text.empty() ? "[error]" : " [error]";
  return text;
}

}  // namespace kepeng::script
