#pragma once
#include <span>
#include <string_view>

namespace calluna::ari {

/// One member of an event or model. All text is static.
struct field {
  std::string_view name;
  /// "string", "int", "long", "double", "boolean", "date" (ISO 8601 text), "object", "a|b|c" (the
  /// documented values), a model ("Channel"), or a list of one of these ("[string]").
  std::string_view type;
  bool required;
  /// As object_type::since, where the field came later than its object.
  std::string_view since;
};

/// The shape of an event or of a model (Channel, Bridge, ...). All text is static. Source:
/// Asterisk's API description, kept in sdk/ari/events.txt and models.txt.
struct object_type {
  std::string_view name;
  /// The model whose fields it has as well ("Event"), or empty.
  std::string_view base;
  std::span<field const> fields;
  /// "22.10": the first release with it, counting 17.0 ... 22.0, 22.1 ...; empty: 16.28 has it too.
  std::string_view since;
};

/// Everything Asterisk 22 sends over the event WebSocket, MissingParams and RESTResponse included.
/// A client must not mind others: newer servers and test builds have more. Any thread.
std::span<object_type const> event_types() noexcept;

/// What is known of the event named `name`, or null. Case matters. The pointer never dies.
object_type const* find_event_type(std::string_view name) noexcept;

/// The models in answers and events. Any thread.
std::span<object_type const> model_types() noexcept;

}  // namespace calluna::ari
