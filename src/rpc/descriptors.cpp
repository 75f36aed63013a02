// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Output descriptors as text: what one is, and the addresses it stands for.

#include <array>

#include <kepeng/base/random.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/output_descriptor.h>
#include <kepeng/rpc/families.h>

namespace kepeng::rpc {
namespace {

using descriptor::ChecksumNeed;
using descriptor::OutputDescriptor;

constexpr std::int64_t kRangeMax = 1'000'000;  // as bitcoind
constexpr std::int64_t kLookAroundEvery = 1'000;

crypto::Signer fresh_signer() {
  crypto::Hash32 seed;
  fill_random(seed);
  return crypto::Signer{seed};
}

Result<OutputDescriptor, RpcError> descriptor_from(const Context& context, const Arguments& arguments,
                                                   ChecksumNeed need, const crypto::Signer& signer) {
  auto parsed = OutputDescriptor::parse(arguments.string(0), context.network(), need, signer);
  if (!parsed) return fail(Code::InvalidAddressOrKey, parsed.error());
  return std::move(parsed).value();
}

Answer get_descriptor_info(Context& context, const Arguments& arguments, json::Writer& out) {
  const crypto::Signer signer = fresh_signer();
  KP_TRY(const OutputDescriptor parsed, descriptor_from(context, arguments, ChecksumNeed::Optional, signer));
  const std::string_view text = arguments.string(0);
  out.begin_object();
  out.field("descriptor", descriptor::with_checksum(parsed.public_text()));
  // Of the text that was given, private keys included.
  out.field("checksum", *descriptor::descriptor_checksum(text.substr(0, text.find('#'))));
  out.field("isrange", parsed.is_ranged());
  out.field("issolvable", parsed.is_solvable());
  out.field("hasprivatekeys", parsed.has_private_keys());
  out.end_object();
  return Unit{};
}

struct IndexRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // itself included
};

Result<IndexRange, RpcError> range_from(const json::Value& value) {
  IndexRange range;
  if (value.is_array()) {
    const auto begin = value.size() == 2 ? value.items()[0].as_int64() : std::nullopt;
    const auto end = value.size() == 2 ? value.items()[1].as_int64() : std::nullopt;
    if (!begin || !end) return fail(Code::InvalidParameter, "Range must be specified as end or as [begin,end]");
    range = {*begin, *end};
    if (range.begin > range.end) {
      return fail(Code::InvalidParameter, "Range specified as [begin,end] must not have begin after end");
    }
  } else {
    const auto end = value.as_int64();
    if (!end) return fail(Code::InvalidParameter, "Range must be specified as end or as [begin,end]");
    range.end = *end;
  }
  if (range.begin < 0 || range.end < 0) {
    return fail(Code::InvalidParameter, "Range should be greater or equal than 0");
  }
  if (range.end >= descriptor::kHardened) return fail(Code::InvalidParameter, "End of range is too high");
  if (range.end - range.begin >= kRangeMax) return fail(Code::InvalidParameter, "Range is too large");
  return range;
}

Answer write_addresses(const Context& context, const OutputDescriptor& parsed, std::int64_t index,
                       const crypto::Signer& signer, json::Writer& out) {
  const auto scripts = parsed.scripts_at(static_cast<std::uint32_t>(index), signer);
  if (!scripts) return fail(Code::InvalidAddressOrKey, "Cannot derive script without private keys");
  for (const Bytes& script : *scripts) {
    if (const auto destination = descriptor::Destination::of_script(script)) {
      out.string(descriptor::to_address(*destination, context.network()));
    } else if (!parsed.is_combo()) {  // which has one script that is a bare key
      return fail(Code::InvalidAddressOrKey, "Descriptor does not have a corresponding address");
    }
  }
  return Unit{};
}

Answer derive_addresses(Context& context, const Arguments& arguments, json::Writer& out) {
  const crypto::Signer signer = fresh_signer();
  KP_TRY(const OutputDescriptor parsed, descriptor_from(context, arguments, ChecksumNeed::Required, signer));
  const json::Value* wanted = arguments.find(1);
  if (!parsed.is_ranged() && wanted != nullptr) {
    return fail(Code::InvalidParameter, "Range should not be specified for an un-ranged descriptor");
  }
  if (parsed.is_ranged() && wanted == nullptr) {
    return fail(Code::InvalidParameter, "Range must be specified for a ranged descriptor");
  }
  IndexRange range;
  if (wanted != nullptr) {
    KP_TRY(range, range_from(*wanted));
  }
  const auto& stopping = context.services().is_stopping;
  out.begin_array();
  for (std::int64_t index = range.begin; index <= range.end; ++index) {
    KP_TRY_VOID(write_addresses(context, parsed, index, signer, out));
    if (index % kLookAroundEvery == 0 && stopping && stopping()) return fail(Code::Misc, "Shutting down");
  }
  out.end_array();
  return Unit{};
}

constexpr std::array kInfoParameters{Parameter{.name = "descriptor", .description = "The descriptor"}};
constexpr std::array kDeriveParameters{
    Parameter{.name = "descriptor", .description = "The descriptor, with its checksum"},
    Parameter{.name = "range",
              .type = Type::Range,
              .need = Need::Optional,
              .description = "Of a ranged one: the last index, or the first and the last one"}};
constexpr std::array kMethods{
    Method{.name = "getdescriptorinfo",
           .category = Category::Util,
           .parameters = kInfoParameters,
           .description = "What a descriptor is. Miniscript, musig() and multipath keys are not read yet.",
           .result = "{\"descriptor\":\"str\",\"checksum\":\"str\",\"isrange\":bool,\"issolvable\":bool,"
                     "\"hasprivatekeys\":bool}",
           .examples = "getdescriptorinfo \"raw(6a)\"",
           .handler = get_descriptor_info},
    Method{.name = "deriveaddresses",
           .category = Category::Util,
           .parameters = kDeriveParameters,
           .description = "The addresses that a descriptor stands for.",
           .result = "[\"address\",...]",
           .examples = "deriveaddresses \"wpkh([d34db33f/84h/0h/0h]xpub.../0/*)#cjjspncu\" \"[0,2]\"",
           .handler = derive_addresses}};

}  // namespace

std::span<const Method> descriptor_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
