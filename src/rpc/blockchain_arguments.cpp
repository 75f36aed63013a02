// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "blockchain_arguments.h"

#include <kepeng/rpc/values.h>

namespace kepeng::rpc {

Result<int, RpcError> verbosity_from(const Arguments& arguments, std::size_t place, int fallback) {
  const json::Value* value = arguments.find(place);
  if (value == nullptr) return fallback;
  if (const auto flag = value->as_bool()) return *flag ? 1 : 0;
  if (!value->is_number()) return Err{type_error(value->kind(), "number")};
  return arguments.integer<int>(place);
}

Result<const chain::Entry*, RpcError> entry_by_hash_or_height(const Context& context, const json::Value& value) {
  if (!value.is_number()) {
    KP_TRY(const std::string_view text, text_of(value));
    return entry_from(context, text, "hash_or_height");
  }
  const auto height = value.as_int64();
  if (!height || !std::in_range<Height>(*height)) return fail(Code::Misc, "JSON integer out of range");
  const auto view = context.engine().view();
  if (*height < 0) return fail(Code::InvalidParameter, fmt::format("Target block height {} is negative", *height));
  if (*height > view->height()) {
    return fail(Code::InvalidParameter,
                fmt::format("Target block height {} after current tip {}", *height, view->height()));
  }
  return view->at(static_cast<Height>(*height));
}

Result<std::string_view, RpcError> text_of(const json::Value& value) {
  const std::string* text = value.as_string();
  if (text == nullptr) return Err{type_error(value.kind(), "string")};
  return std::string_view{*text};
}

Result<Amount, RpcError> amount_of(const json::Value& value) {
  if (!value.is_number() && !value.is_string()) return fail(Code::TypeError, "Amount is not a number or string");
  const auto sats = value.as_amount();
  if (!sats) return fail(Code::TypeError, "Invalid amount");
  const Amount amount{*sats};
  if (!amount.in_money_range()) return fail(Code::TypeError, "Amount out of range");
  return amount;
}

Result<OutPoint, RpcError> outpoint_of(const json::Value& object) {
  static const json::Value none;
  if (!object.is_object()) return Err{type_error(object.kind(), "object")};
  const json::Value* txid_value = object.find("txid");
  KP_TRY(const std::string_view text, text_of(txid_value == nullptr ? none : *txid_value));
  KP_TRY(const Txid txid, hash_from<Txid>(text, "txid"));
  const json::Value* vout = object.find("vout");
  if (vout == nullptr || !vout->is_number()) return fail(Code::InvalidParameter, "Invalid parameter, missing vout key");
  const auto index = vout->as_int64();
  if (!index || !std::in_range<std::int32_t>(*index)) return fail(Code::Misc, "JSON integer out of range");
  if (*index < 0) return fail(Code::InvalidParameter, "Invalid parameter, vout cannot be negative");
  return OutPoint{txid, static_cast<std::uint32_t>(*index)};
}

void write_warnings(json::Writer& out, const Context& context) {
  const auto& source = context.services().warnings;
  const std::vector<std::string> lines = source ? source() : std::vector<std::string>{};
  out.key("warnings");
  if (context.allows_deprecated("warnings")) {
    out.string(lines.empty() ? std::string_view{} : std::string_view{lines.back()});
    return;
  }
  out.begin_array();
  for (const std::string& line : lines) out.string(line);
  out.end_array();
}

}  // namespace kepeng::rpc
