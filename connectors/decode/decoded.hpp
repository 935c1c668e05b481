// Decoded records as bytes: what a decoder has made of them, for a cache that needs no decoding.
#pragma once

#include <memory>
#include <string>

#include "connectors/decode/decoder.hpp"

namespace rekindle {

// Appends the form that the decoder below reads. Numbers are as the machine has them; the form is for one program on one machine.
void append_decoded(const Sample& sample, bool is_label, std::string& out);
void append_rejection(const Rejection& why, bool is_label, std::string& out);

// Gives back the sample or the rejection; bytes that are no such form are `undecodable`.
[[nodiscard]] std::unique_ptr<Decoder> make_decoded_decoder();

}  // namespace rekindle
