Bids on paper stand in the analysis under the name of their register: nobody types them again, and the winner is not taken for another who lost.
