// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/address.h>
#include <kepeng/descriptor/base58.h>
#include <kepeng/descriptor/bech32.h>
#include <kepeng/descriptor/descriptor.h>
#include <kepeng/descriptor/extended_key.h>
#include <kepeng/descriptor/output_descriptor.h>
#include <kepeng/descriptor/psbt.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace descriptor;

const std::vector<params::NetworkParams>& networks() {
  static const std::vector<params::NetworkParams> all{*params::make_network({.network = params::Network::Main}),
                                                      *params::make_network({.network = params::Network::Regtest})};
  return all;
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string_view without_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Seeds base58_seeds() {
  return {bytes_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), bytes_of("  1111 "),
          bytes_of("5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9"), Bytes(30, 0)};
}

FUZZ_TARGET(base58, base58_seeds) {
  const std::string_view text = as_text(input);
  for (const std::size_t most : {std::size_t{0}, std::size_t{21}, std::size_t{300}}) {
    const auto plain = bounded_by(input.size(), 4, [&] { return decode_base58(text, most); });
    if (plain) KP_ASSERT(plain->size() <= most && encode_base58(*plain) == without_space(text));
    const auto checked = decode_base58_check(text, most);
    if (checked) KP_ASSERT(checked->size() <= most && encode_base58_check(*checked) == without_space(text));
  }
  const ByteView some = input.first(std::min<std::size_t>(input.size(), 200));
  KP_ASSERT(decode_base58(encode_base58(some), some.size()) == copy_of(some));
  KP_ASSERT(decode_base58_check(encode_base58_check(some), some.size()) == copy_of(some));
}

Seeds bech32_seeds() {
  return {bytes_of("A12UEL5L"), bytes_of("a1lqfn3a"), bytes_of("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
          bytes_of("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")};
}

FUZZ_TARGET(bech32, bech32_seeds) {
  const std::string_view text = as_text(input);
  const auto decoded = decode_bech32(text);
  const Bech32Errors errors = locate_bech32_errors(text);
  KP_ASSERT(decoded.has_value() == errors.message.empty());
  for (const int position : errors.positions)
    KP_ASSERT(position >= 0 && static_cast<std::size_t>(position) < text.size());
  KP_ASSERT(std::is_sorted(errors.positions.begin(), errors.positions.end()));
  if (decoded) KP_ASSERT(encode_bech32(*decoded) == lower_case(text));
  Bytes symbols;
  append_as_symbols(symbols, input);
  KP_ASSERT(symbols_to_bytes(symbols) == copy_of(input));
  for (std::uint8_t& symbol : symbols) symbol = static_cast<std::uint8_t>(symbol & 31);
  if (symbols.size() > 60) symbols.resize(60);
  const Bech32Text content{Bech32Checksum::Bech32m, "bc", symbols};
  const auto back = decode_bech32(encode_bech32(content));
  KP_ASSERT(back && back->symbols == symbols && back->checksum == content.checksum && back->prefix == "bc");
}

Seeds address_seeds() {
  Seeds seeds = base58_seeds();
  for (const Bytes& seed : bech32_seeds()) seeds.push_back(seed);
  seeds.push_back(bytes_of("3P14159f73E4gFr7JterCCQh9QjiTjiZrG"));
  seeds.push_back(bytes_of("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"));
  seeds.push_back(bytes_of("cNJFgo1driFnPcBdBX8BrJrpxchBWXwXCvNH5SoSkdcF6JXXwHMm"));
  return seeds;
}

FUZZ_TARGET(address, address_seeds) {
  const std::string_view text = as_text(input);
  for (const params::NetworkParams& network : networks()) {
    const auto parsed = parse_address(text, network);
    if (parsed) {
      const std::string again = to_address(*parsed, network);
      KP_ASSERT(again == (parsed->is_witness() ? lower_case(text) : without_space(text)));
      KP_ASSERT(Destination::of_script(parsed->script()) == *parsed);
    } else {
      KP_ASSERT(!parsed.error().message.empty());
    }
    if (const auto destination = Destination::of_script(input)) {
      KP_ASSERT(equal(destination->script(), input));
      const auto back = parse_address(to_address(*destination, network), network);
      KP_ASSERT(back && *back == *destination);
    }
    if (const auto key = parse_wif(text, network)) KP_ASSERT(to_wif(*key, network) == without_space(text));
  }
}

Seeds descriptor_seeds() {
  return {bytes_of("raw(deadbeef)#89f8spxm"), bytes_of("addr(3PUNyaW7M55oKWJ3kDukwk9bsKvryra15j)"),
          bytes_of("raw(6a)#4mhr9ur5"),
          bytes_of("pk(0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)"),
          Bytes{0x51, 0x21, 0x02, 0x79}};
}

FUZZ_TARGET(descriptor, descriptor_seeds) {
  const std::string_view text = as_text(input);
  for (const params::NetworkParams& network : networks()) {
    const auto parsed = parse_descriptor(text, network, ChecksumNeed::Optional);
    if (parsed) {
      const auto again = parse_descriptor(with_checksum(parsed->text), network, ChecksumNeed::Required);
      KP_ASSERT(again && again->script == parsed->script && again->text == parsed->text);
    } else {
      KP_ASSERT(!parsed.error().empty());
    }
    // Any script has a descriptor with a right checksum; those that this parser reads give the script back.
    const OutputNames names = name_output(input, network);
    const std::size_t mark = names.descriptor.find('#');
    KP_ASSERT(mark != std::string::npos && with_checksum(names.descriptor.substr(0, mark)) == names.descriptor);
    const auto script = parse_descriptor(names.descriptor, network, ChecksumNeed::Required);
    if (script) KP_ASSERT(equal(script->script, input));
    if (names.descriptor.starts_with("raw(") || names.descriptor.starts_with("addr(")) KP_ASSERT(script.ok());
  }
}

Seeds extended_key_seeds() {
  const auto master = *ExtendedPrivateKey::from_seed(Bytes(16, 1));
  const crypto::Signer signer{crypto::Hash32{}};
  return {bytes_of(to_text(master, networks()[0])), bytes_of(to_text(master.neuter(signer), networks()[0])),
          bytes_of(to_text(master.neuter(signer), networks()[1])), Bytes(kExtendedKeyBytes, 2)};
}

FUZZ_TARGET(extended_key, extended_key_seeds) {
  const std::string_view text = as_text(input);
  for (const params::NetworkParams& network : networks()) {
    if (const auto key = parse_extended_public_key(text, network)) {
      KP_ASSERT(to_text(*key, network) == without_space(text));
      if (const auto child = key->derive(7)) KP_ASSERT(child->place.depth == key->place.depth + 1);
    }
    if (const auto key = parse_extended_private_key(text, network)) {
      KP_ASSERT(to_text(*key, network) == without_space(text));
    }
    if (const auto key = decode_extended_public_key(input, network)) {
      KP_ASSERT(*parse_extended_public_key(to_text(*key, network), network) == *key);
    }
  }
}

Seeds output_descriptor_seeds() {
  const std::string key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  const std::string xonly = key.substr(2);
  const auto master = *ExtendedPrivateKey::from_seed(Bytes(16, 1));
  const std::string xprv = to_text(master, networks()[0]);
  return {bytes_of("sh(wsh(sortedmulti(1," + key + ",[00000000/1h/2']" + key + ")))"),
          bytes_of("tr(" + xonly + ",{pk(" + xonly + "),{multi_a(2," + xonly + "," + key + "),pkh(" + key + ")}})"),
          bytes_of("combo(" + xprv + "/0h/*)"),
          bytes_of("wpkh(" + xprv + "/*')"),
          bytes_of("rawtr(" + xonly + ")"),
          bytes_of("addr(1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa)")};
}

FUZZ_TARGET(output_descriptor, output_descriptor_seeds) {
  static const crypto::Signer signer{crypto::Hash32{}};
  const params::NetworkParams& network = networks()[0];
  const auto parsed = OutputDescriptor::parse(as_text(input), network, ChecksumNeed::Optional, signer);
  if (!parsed) {
    KP_ASSERT(!parsed.error().empty());
    return;
  }
  // The public form is read back, knows no secrets and, where it gives scripts, gives the same ones.
  const std::string text = with_checksum(parsed->public_text());
  const auto again = OutputDescriptor::parse(text, network, ChecksumNeed::Required, signer);
  KP_ASSERT(again && again->public_text() == parsed->public_text() && !again->has_private_keys());
  KP_ASSERT(again->is_ranged() == parsed->is_ranged());
  const auto scripts = again->scripts_at(3, signer);
  KP_ASSERT(!scripts || scripts == parsed->scripts_at(3, signer));
}

// Both versions of a PSBT with one pair of most kinds.
Seeds psbt_seeds() {
  MutableTransaction previous;
  previous.inputs.resize(1);
  previous.outputs = {{Amount{9}, {0x51}}};
  MutableTransaction tx;
  tx.inputs.push_back({{previous.freeze()->txid, 0}, {}, 5, {}});
  tx.outputs.push_back({Amount{1}, {0x51}});
  const crypto::Signer signer{crypto::Hash32{}};
  const auto key = signer.public_key(*crypto::PrivateKey::from_bytes(Bytes(32, 1)));
  const ByteView xonly = ByteView{key}.subspan(1);
  const auto add = [](PsbtMap& map, std::uint8_t type, ByteView key_data, Bytes value) {
    Bytes name{type};
    append(name, key_data);
    map.pairs()[name] = std::move(value);
  };
  Seeds seeds;
  for (const auto version : {PsbtVersion::V0, PsbtVersion::V2}) {
    Psbt psbt = make_psbt(tx, version);
    seeds.push_back(encode_psbt(psbt));
    PsbtMap& in = psbt.inputs[0];
    PsbtMap& out = psbt.outputs[0];
    in.set(PsbtIn::NonWitnessUtxo, previous.serialize());
    in.set(PsbtIn::FinalScriptWitness, {1, 2, 3, 4});
    in.set(PsbtIn::TapKeySig, Bytes(64, 1));
    add(in, 0x06, key, Bytes(8, 0));
    add(in, 0x16, xonly, {0, 1, 2, 3, 4});
    add(in, 0x1a, key, Bytes(key.begin(), key.end()));
    add(in, 0xfc, Bytes{1, 'k', 0}, {1});
    add(in, 0x77, {}, {});
    out.set(PsbtOut::TapTree, {1, 0xc0, 0, 1, 0xc0, 1, 0x51});
    seeds.push_back(encode_psbt(psbt));
  }
  return seeds;
}

FUZZ_TARGET(psbt, psbt_seeds) {
  const auto decoded = bounded_by(input.size(), 100, [&] { return decode_psbt(input); });
  if (!decoded) {
    KP_ASSERT(!decoded.error().empty());
    return;
  }
  // Nothing is lost or added, whatever the order in which it came.
  const Bytes encoded = encode_psbt(*decoded);
  const auto again = decode_psbt(encoded);
  KP_ASSERT(encoded.size() == input.size() && again && *again == *decoded);
  const MutableTransaction tx = unsigned_transaction(*decoded);
  KP_ASSERT(tx.inputs.size() == decoded->inputs.size() && tx.outputs.size() == decoded->outputs.size());
  const auto combined = combine_psbts(std::vector{*decoded, *decoded});
  KP_ASSERT(combined && *combined == *decoded);
  Psbt final_one = *decoded;
  finalize_psbt(final_one);
  KP_ASSERT(decode_psbt(encode_psbt(final_one)).ok());
  for (std::size_t i = 0; i < final_one.inputs.size(); ++i) {
    KP_ASSERT(!is_final(decoded->inputs[i]) || final_one.inputs[i] == decoded->inputs[i]);
  }
  if (const auto signed_tx = extract_transaction(final_one)) KP_ASSERT(signed_tx->inputs.size() == tx.inputs.size());
}

}  // namespace
}  // namespace kepeng::fuzz
