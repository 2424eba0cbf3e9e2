#include "models.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace models {

namespace {

using Sequence = cx::Input<7, 5>;

void write_recurrent(const std::string& folder) {
  write<cx::Network<Sequence, cx::SimpleRnn<6>>>(folder + "rnn");
  write<cx::Network<Sequence, cx::SimpleRnn<6, cx::Relu, cx::ReturnSequences>, cx::SimpleRnn<4, cx::Sigmoid>>>(
      folder + "rnn_of_activations");
  write<cx::Network<Sequence, cx::SimpleRnn<6, cx::Elu, cx::ReturnSequences>, cx::SimpleRnn<4, cx::Softplus>>>(
      folder + "rnn_of_other_activations");
  write<cx::Network<Sequence, cx::Gru<6>>>(folder + "gru");
  write<cx::Network<Sequence, cx::Gru<6, cx::ResetBefore>>>(folder + "gru_reset_before");
  write<cx::Network<Sequence, cx::Gru<6, cx::ReturnSequences>, cx::Gru<3>, cx::Dense<2>>>(folder + "gru_of_sequences");
  write<cx::Network<Sequence, cx::Lstm<6>>>(folder + "lstm");
  write<cx::Network<Sequence, cx::Lstm<6, cx::ReturnSequences>, cx::Lstm<3>, cx::Dense<2>>>(folder +
                                                                                            "lstm_of_sequences");
}

void write_attention(const std::string& folder) {
  write<cx::Network<cx::Input<6, 8>, cx::MultiHeadAttention<2>>>(folder + "attention");
  write<cx::Network<cx::Input<6, 8>, cx::MultiHeadAttention<4, cx::Causal>>>(folder + "causal_attention");
  write<cx::Network<cx::Input<6, 8>, cx::TransformerBlock<8, 2, 16>, cx::GlobalAvgPool, cx::Dense<3>>>(folder +
                                                                                                       "transformer");
  write<cx::Network<cx::Input<6, 8>, cx::TimeDistributed<cx::Dense<5, cx::Relu>, cx::Reshape<1, 5>, cx::Conv1D<2, 3>>>>(
      folder + "time_distributed");
}

void write_embedding(const std::string& folder) {
  using Net = cx::Network<cx::Input<8>, cx::Embedding<11, 4>, cx::TransformerBlock<4, 2, 8>>;
  auto network = cx::make_network<Net>();
  scramble(*network);
  std::vector<float> indices(samples * 8);
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<float>(i * 7 % 11);
  write(*network, folder + "embedding", indices);
}

}  // namespace

void write_sequences(const std::string& folder) {
  write_recurrent(folder);
  write_attention(folder);
  write_embedding(folder);
}

}  // namespace models
