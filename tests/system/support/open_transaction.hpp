// OpenTransaction: a transaction of somebody else, open in a topic until it is aborted. Transactions: whether one is open there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace rekindle::kafka {
class Client;
}

namespace rekindle::system_test {

class OpenTransaction {
 public:
  OpenTransaction(const std::string& brokers, const std::string& topic, const std::string& id = "somebody else");
  ~OpenTransaction();
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;
  void abort();  // Throws where that fails.

 private:
  std::unique_ptr<kafka::Client> client_;
  bool open_ = true;
};

// Of partition 0. Throws where no broker tells within half a minute.
class TransactionWatch {
 public:
  TransactionWatch(std::string brokers, std::string topic);
  ~TransactionWatch();
  TransactionWatch(const TransactionWatch&) = delete;
  TransactionWatch& operator=(const TransactionWatch&) = delete;
  // The last stable offset lies before the end.
  [[nodiscard]] bool is_open();

 private:
  [[nodiscard]] std::int64_t end(std::unique_ptr<kafka::Client>& client, const char* isolation);
  std::string brokers_;
  std::string topic_;
  std::unique_ptr<kafka::Client> all_;
  std::unique_ptr<kafka::Client> committed_;
};

}  // namespace rekindle::system_test
