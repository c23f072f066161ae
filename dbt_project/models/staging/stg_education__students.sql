with source as (
    {{ corrected(source('lake', 'education__students')) }}
),

newest as (
    select *
    from source
    where _period_end = (select max(_period_end) from source)
),

latest as (
    select *
    from newest
    qualify row_number() over (partition by student_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        student_key,
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        person_birth_date as birth_date,
        -- categories
        school_name,
        stage_code,
        grade,
        boarding_code,
        aid_programme,
        hardship_code,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        self_paid_fee_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
