-- One primary layer a person and week.
select person_key
from (
    select
        person_key,
        from_seq,
        lag(to_seq) over (partition by person_key order by from_seq) as previous_to_seq
    from {{ ref('int_memberships__weekly') }}
    where is_primary
) as pieces
where from_seq < previous_to_seq
