#include <calluna/error.hpp>

namespace calluna {

std::string_view to_string(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::timeout:
      return "timeout";
    case error_kind::busy:
      return "busy";
    case error_kind::noanswer:
      return "noanswer";
    case error_kind::offline:
      return "offline";
    case error_kind::congestion:
      return "congestion";
    case error_kind::rejected:
      return "rejected";
    case error_kind::gone:
      return "gone";
    case error_kind::cancelled:
      return "cancelled";
    case error_kind::refused:
      return "refused";
    case error_kind::protocol:
      return "protocol";
    case error_kind::invalid:
      return "invalid";
    case error_kind::ambiguous:
      return "ambiguous";
  }
  return "protocol";
}

std::string to_string(error const& e) {
  std::string text{to_string(e.kind)};
  text += ": ";
  text += e.message;
  return text;
}

}  // namespace calluna
