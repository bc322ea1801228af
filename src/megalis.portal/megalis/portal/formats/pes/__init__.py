"""PES V2, the exchange of a collectivité’s accounts with the Trésor public: flows sent, acknowledged, and returned."""
