#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace calluna::erp {

class byte_source;

/// One request to a business system, as the transports write it.
struct http_request {
  std::string method = "POST";
  /// With its leading slash; below the address's own path.
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  /// JSON text.
  std::string body;
  /// If set: `body` ends in an opened string, which goes on with the source's bytes in base64, and
  /// then with `tail`.
  std::shared_ptr<byte_source> data;
  std::string tail;
};

/// Whatever status it has.
struct http_answer {
  int status = 0;
  std::string body;
};

}  // namespace calluna::erp
