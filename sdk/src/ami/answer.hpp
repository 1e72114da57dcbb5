#pragma once
#include <calluna/ami/message.hpp>
#include <calluna/error.hpp>

#include <string>
#include <string_view>

namespace calluna::ami {

/// ASCII case ignored.
bool same_word(std::string_view a, std::string_view b) noexcept;

/// Without the spaces and line ends around it (some of Asterisk's messages end with a bare LF).
std::string_view trimmed(std::string_view text) noexcept;

/// Whether a `Response: Error` with this message only says that the list has no items.
bool says_empty_list(std::string_view text) noexcept;

/// What a `Response: Error` to the action called `name` means.
error meaning_of_error(std::string_view name, message_view answer);

/// `answer` to keep. The raw output of a Command before Asterisk 14 (`Response: Follows` ...
/// `--END COMMAND--`) becomes `Output:` lines, as newer versions send them.
message kept_answer(message_view answer);

/// MD5 of `text` as 32 lower-case hex digits; "" if the crypto library does not do MD5.
std::string md5_hex(std::string_view text);

}  // namespace calluna::ami
