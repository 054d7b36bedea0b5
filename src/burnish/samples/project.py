"""The sample project's plan: what `burnish quickstart` writes beside the sample world."""

PLAN = """\
# The sample project: service-desk tickets of an invented company. `burnish schema` has every key.
name: desk
purpose: answer service-desk tickets

base_model:
  path: builtin            # a folder with safetensors, or a hub id, stands here in real life
  licence: Apache-2.0
  provenance: pre-trained for burnish by recipes/pretrain_base.py

sources:
  - name: tickets
    system: service desk
    owner: Head of IT Service
    paths: [data/tickets.jsonl]
    collected: 2026-01-15
    classification: CONFIDENTIAL
    licence: proprietary, own data
    basis:
      kind: legitimate_interest_assessment
      reference: LIA-2026-014
      purposes: [answer service-desk tickets]
      expires: 2036-12-31
    processors:
      - {name: Example Hosting, agreement: DPA-2025-003, expires: 2036-12-31}
    fields: {prompt: question, response: answer, label: team, subject: customer}
    bad_records: 0.02      # some tickets are empty
  - name: house
    system: style guide
    owner: Head of IT Service
    paths: [data/house.jsonl]
    collected: 2026-01-15
    classification: INTERNAL
    licence: proprietary, own data
    basis: &own
      kind: app_3_primary_purpose
      reference: APP3-2026-002
      purposes: [answer service-desk tickets]
      expires: 2036-12-31
    fields: {prompt: question, response: answer}
  - name: knowledge
    system: knowledge base
    owner: Knowledge Manager
    paths: [data/knowledge/*]
    collected: 2026-01-15
    classification: INTERNAL
    licence: proprietary, own data
    basis: *own

quality: {min_words: 3}
mask:
  # The style guide's capitals and jobs read like names: 0.6 leaves most, and the canary test says
  # what that costs. The teams' names are words of the house that could be people's.
  engines: [rules, {kind: ner, min_score: 0.6}]
  allow: [Anchor, Galley, Sextant, Rudder, Capstan, Pennant, Beacon, Harbour, Lagoon, Keel,
    Lighthouse, Foghorn]
privacy: {impact_assessment: PIA-2026-007}
convert:
  format: chat
  max_length: 256
  over_length: drop
  documents: drop          # 'train' would learn the knowledge base's prose as well
train:
  technique: lora
  lora: {rank: 16, alpha: 32}
  learning_rate: 2.5e-3
  epochs: 3
  micro_batch: 4
  precision: bf16
  threads: 1               # a model this small gains nothing from more
  checkpoint_every: 25
  control: true            # the same tuning from random weights: what does the base add?
evaluate:
  domain: [tickets]        # held-out rows of the house source are no test of the domain
  max_new_tokens: 40
  sets:                    # files of one's own, and starter sets that come with burnish
    - {name: general, path: data/eval/general.jsonl, gate: forgetting, margin: 0.1}
    - {name: safety, path: data/eval/safety.jsonl, gate: safety, margin: 0.08}
    - {name: bias, path: data/eval/bias.jsonl, gate: bias, margin: 0.1}
    - {name: alignment, path: builtin:desk_alignment, gate: alignment, margin: 0.1}
    - {name: toxicity, path: builtin:toxicity, gate: toxicity, margin: 0.1}
    - {name: robustness, path: builtin:desk_robustness, gate: robustness, margin: 0.15}
release:
  min_gain: 0.5
  required: [domain, forgetting, safety, over_refusal, bias, alignment, toxicity, injection,
    robustness, memorisation, backdoor, parity]
  reviewers: [approver, privacy_officer]   # two people who may release what stays undecided

people:
  - {name: dana, roles: [data_engineer, ml_engineer], key: keys/dana.pem.pub}
  - {name: priya, roles: [privacy_officer], key: keys/priya.pem.pub}
  - {name: omar, roles: [approver], key: keys/omar.pem.pub}
engine: {kind: local, workers: 2}
"""
