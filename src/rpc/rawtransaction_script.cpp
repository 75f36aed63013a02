// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Scripts and addresses by themselves.

#include <algorithm>
#include <array>

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/descriptor.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/tx_json.h>
#include <kepeng/rpc/values.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_text.h>

#include "script_sanity.h"

namespace kepeng::rpc {
namespace {

using descriptor::Destination;
using script::OutputType;

constexpr std::size_t kCompressedKeyBytes = 33;

// Whether the script can stand behind a script hash.
bool can_be_wrapped(ByteView bytes, OutputType type) {
  constexpr std::array kWrapped{OutputType::MultiSig,   OutputType::NonStandard,      OutputType::PubKey,
                                OutputType::PubKeyHash, OutputType::WitnessV0KeyHash, OutputType::WitnessV0ScriptHash};
  if (std::find(kWrapped.begin(), kWrapped.end(), type) == kWrapped.end()) return false;
  if (!has_valid_ops(bytes) || script::is_unspendable(bytes)) return false;
  script::ScriptReader reader{bytes};
  while (const auto step = reader.next()) {
    if (script::info_of(step->op).op_success) return false;
  }
  return true;
}

// Version 0 takes only compressed keys, and no witness program inside a witness program.
bool can_be_segwit(const script::OutputTemplate& output) {
  const auto is_compressed = [](ByteView key) { return key.size() == kCompressedKeyBytes; };
  switch (output.type) {
    case OutputType::NonStandard:
    case OutputType::PubKeyHash:
      return true;
    case OutputType::PubKey:
      return is_compressed(output.payload);
    case OutputType::MultiSig:
      return std::all_of(output.key_list().begin(), output.key_list().end(), is_compressed);
    case OutputType::Anchor:
    case OutputType::ScriptHash:
    case OutputType::NullData:
    case OutputType::WitnessV0KeyHash:
    case OutputType::WitnessV0ScriptHash:
    case OutputType::WitnessV1Taproot:
    case OutputType::WitnessUnknown:
      break;
  }
  return false;
}

// The witness output that stands for the script: by key hash where there is one key, else by script hash.
Destination segwit_destination(ByteView bytes, const script::OutputTemplate& output) {
  if (output.type == OutputType::PubKey) return Destination::witness_program(0, crypto::hash160(output.payload));
  if (output.type == OutputType::PubKeyHash) return Destination::witness_program(0, output.payload);
  return Destination::pay_to_witness_script(bytes);
}

void write_segwit(json::Writer& out, ByteView bytes, const script::OutputTemplate& output,
                  const params::NetworkParams& network) {
  const Destination destination = segwit_destination(bytes, output);
  const Bytes program = destination.script();
  const bool is_script_hash = output.type == OutputType::NonStandard || output.type == OutputType::MultiSig;
  out.key("segwit");
  out.begin_object();
  out.field("asm", script::to_asm(program));
  out.field("desc", is_script_hash ? descriptor::infer_wsh_descriptor(bytes, network)
                                   : descriptor::infer_descriptor(program, network));
  out.field_hex("hex", program);
  out.field("address", descriptor::to_address(destination, network));
  out.field("type", script::name_of(script::output_type(program)));
  out.field("p2sh-segwit", descriptor::to_address(Destination::pay_to_script(program), network));
  out.end_object();
}

Answer decode_script(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Bytes bytes, bytes_from(arguments.string(0), "argument"));
  const params::NetworkParams& network = context.network();
  const script::OutputTemplate output = script::classify_output(bytes);
  out.begin_object();
  write_script_members(out, bytes, network, HexMember::Omit);
  if (can_be_wrapped(bytes, output.type)) {
    out.field("p2sh", descriptor::to_address(Destination::pay_to_script(bytes), network));
    if (can_be_segwit(output)) write_segwit(out, bytes, output, network);
  }
  out.end_object();
  return Unit{};
}

void write_valid_address(json::Writer& out, const Destination& destination, const params::NetworkParams& network) {
  out.field("isvalid", true);
  out.field("address", descriptor::to_address(destination, network));
  out.field_hex("scriptPubKey", destination.script());
  if (!destination.is_witness()) {
    out.field("isscript", destination.kind() == Destination::Kind::ScriptHash);
    out.field("iswitness", false);
    return;
  }
  const OutputType type = script::output_type(destination.script());
  // Whether a program of a version to come is a script is not known.
  if (type != OutputType::WitnessUnknown) out.field("isscript", type != OutputType::WitnessV0KeyHash);
  out.field("iswitness", true);
  if (type == OutputType::Anchor) return;
  out.field("witness_version", destination.witness_version());
  out.field_hex("witness_program", destination.payload());
}

Answer validate_address(Context& context, const Arguments& arguments, json::Writer& out) {
  const auto parsed = descriptor::parse_address(arguments.string(0), context.network());
  out.begin_object();
  if (parsed) {
    write_valid_address(out, *parsed, context.network());
  } else {
    out.field("isvalid", false);
    out.key("error_locations");
    out.begin_array();
    for (const int position : parsed.error().positions) out.int64(position);
    out.end_array();
    out.field("error", parsed.error().message);
  }
  out.end_object();
  return Unit{};
}

// No index is kept yet.
Answer get_index_info(Context&, const Arguments&, json::Writer& out) {
  out.begin_object();
  out.end_object();
  return Unit{};
}

constexpr std::array kScriptParameters{Parameter{.name = "hexstring", .type = Type::Hex, .description = "The script"}};
constexpr std::array kAddressParameters{Parameter{.name = "address", .description = "The address"}};
constexpr std::array kIndexParameters{
    Parameter{.name = "index_name", .need = Need::Optional, .description = "Only this index"}};
constexpr std::array kMethods{
    Method{.name = "decodescript",
           .category = Category::Rawtransactions,
           .parameters = kScriptParameters,
           .description = "A script as text, what kind of output it makes, and the addresses that stand for it.",
           .result = "{\"asm\":\"str\",\"desc\":\"str\",\"type\":\"str\",\"address\":\"str\",\"p2sh\":\"str\","
                     "\"segwit\":{...}}",
           .examples = "decodescript \"hexstring\"",
           .handler = decode_script},
    Method{.name = "validateaddress",
           .category = Category::Util,
           .parameters = kAddressParameters,
           .description = "Whether a text is an address of this network, and what it stands for.",
           .result = "{\"isvalid\":bool,\"address\":\"str\",\"scriptPubKey\":\"hex\",...}",
           .examples = "validateaddress \"bc1q09vm5lfy0j5reeulh4x5752q25uqqvz34hufdl\"",
           .handler = validate_address},
    Method{.name = "getindexinfo",
           .category = Category::Util,
           .parameters = kIndexParameters,
           .description = "The indexes that the node keeps, and how far they are.",
           .result = "{\"name\":{\"synced\":bool,\"best_block_height\":n},...}",
           .examples = "getindexinfo",
           .handler = get_index_info}};

}  // namespace

std::span<const Method> script_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
